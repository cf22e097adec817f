"""What participants tell from home: diaries and questionnaires, by a link, and the reminders to fill them in."""
