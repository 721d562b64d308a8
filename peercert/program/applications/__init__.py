"""Applications: what the applicant said, in typed columns, from the first draft to the submitted record.

Kept: answers as given. Never: what an officer thinks of them (review), nor demographics (people), nor anyone's story.
"""
