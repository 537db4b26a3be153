"""Graders: how right a response to a benchmark's question is, between 0 and 1.

One small class each behind `protocol.Grader`; `registry.create_grader` makes one by its name. What a grader is told of
a question beside its text is its reference, a JSON object of the task definition (`references`). A wrong, empty or
hostile response is a grade of 0; only what is not the response's fault is raised: a reference that is wrong
(`jisi.errors.InputError`), or a judge, sandbox or container engine that failed (`protocol.GradingUnavailableError`).
"""
