"""The journey: the story in chapters, one function per verb, and the only code that moves a case.

Every function is one transaction: lock the case, `require`, ask the law, write, tell the timeline, defer the outside
work. It takes `actor` and `now`, returns what it made, and raises `Refused` with nothing written.
"""
