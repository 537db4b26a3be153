"""Questions for a demonstration with the local model."""

DEMO_QUESTIONS = (
    "What is the capital of Norway?",
    'Is this review positive or negative? "The staff were kind and the room was spotless."',
    "Which is larger, 68 or 86?",
)
"""Of kinds such a small model often gets right; how a query ends is the models' to say, not ours."""
