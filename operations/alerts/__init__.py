"""Alarms as people work with them: what is open, who takes care of it, what is silenced, what the week was like."""
