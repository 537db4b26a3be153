"""Ask JiSi from your own code: publish queries, await answers, follow what happens; needs nothing but Kafka's address.

async with JisiClient("127.0.0.1:19092") as jisi:
    answer = await jisi.ask("How many days are there from 3 March to 20 May?")
    print(answer.text, answer.bill.cost_usd)
"""

from jisi.client.client import JisiClient
from jisi.client.errors import KafkaUnreachableError, NoAnswerError, QueryTooLargeError, TopicMissingError
from jisi.messaging.connection import KafkaSecurity

__all__ = [
    "JisiClient",
    "KafkaSecurity",
    "KafkaUnreachableError",
    "NoAnswerError",
    "QueryTooLargeError",
    "TopicMissingError",
]
