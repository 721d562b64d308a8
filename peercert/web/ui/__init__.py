"""The parts every page is made of: form fields, tags, tables, lists and the words around them.

Nothing here knows a case, a person or a rule; a door hands in plain values (see `parts.py`) and gets HTML.
The catalogue with every parameter stands in docs/look.md.
"""
