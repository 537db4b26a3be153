"""Collecting a bank of one's own: every model of a pool answers every question of some tasks, and is graded.

What is bought is written down before anything counts on it (`journal`), so that nothing is bought twice whatever ends a
run; what may be spent is decided before a call (`budget`), when it may begin by the endpoints' limits (`turns`).
"""
