"""What a response says in the end, in a form that can be compared: two responses agree if their answer keys are equal.

Nothing is known of the benchmark a query is of: the services ask this of any query. `question` reads what a query says
of its answer, the finders (`json_field`, `tags`, `boxed`, `statement`, `choice`, `short`, `last_number`) look for it
in a response, one after the other, and `canonical` writes it in one way. `reading` puts them together.
"""

from jisi.answers.grouping import agreeing
from jisi.answers.question import Question
from jisi.answers.reading import FinalAnswer, answer_key, answer_keys, final_answer

__all__ = ["FinalAnswer", "Question", "agreeing", "answer_key", "answer_keys", "final_answer"]
