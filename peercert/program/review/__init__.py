"""Review: the checklist made for this application, officers' marks with coded reasons, the recommendation.

Kept: what officers found. Never: what the applicant said (applications) nor the decision (determinations).
"""
