"""What is drawn: each widget posts messages, and knows no other widget."""
