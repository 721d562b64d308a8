"""What is done outside a request: letters, scans, signing, and the clock.

Each module registers its tasks under a name ("letters.send"); rooms queue them by that name and never import this
package. What goes through many rows or makes a document is in the lane LONG, what waits for strangers' machines in
OUTWARD, so that a letter waits for neither. Every task may run twice, late, or again after it was cut off, with the
same result.
"""
