"""Kafka: reachable, its topics, who consumes them and how far behind they are, dead letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from jisi.cli.addresses import KafkaAddress, find_kafka
from jisi.cli.checks.finding import Finding
from jisi.contracts.topics import Service, Topics
from jisi.messaging.topics import MIN_INSYNC
from jisi.messaging.unreachable import why_unreachable

LAG_WORTH_A_WARNING = 1_000
"""Records behind: some seconds of full load; more than that is worth a look."""

_STABLE = "Stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    state: str
    members: int
    committed: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    """What Kafka tells of JiSi's topics and groups."""

    brokers: int
    partitions: Mapping[str, int]
    copies: Mapping[str, int]
    """Of each topic, those of its partition that has fewest."""
    min_insync: Mapping[str, int]
    begins: Mapping[TopicPartition, int]
    ends: Mapping[TopicPartition, int]
    groups: Mapping[Service, _Group]


async def check_kafka() -> list[Finding]:
    """Look at the cluster, the topics, the services' groups, the dead letters."""
    address = find_kafka()
    topics = Topics(address.prefix)
    try:
        cluster = await _look(address, topics)
    except KafkaError as error:
        return [Finding(area="kafka", level="error", message=await why_unreachable(address.kafka, error))]
    brokers = f"{cluster.brokers} broker{'' if cluster.brokers == 1 else 's'}"
    protocol = address.kafka.security.protocol
    reachable = Finding(area="kafka", level="ok", message=f"{address.kafka} answers, {brokers}, {protocol}")
    missing = [topic for topic in topics.all if topic not in cluster.partitions]
    if missing:
        message = f"{len(missing)} of {len(topics.all)} topics are missing: {', '.join(missing)}"
        advice = "`jisi up` and `jisi migrate --topics` make them; see JISI_TOPIC_PREFIX, too."
        return [reachable, Finding(area="topics", level="error", message=message, advice=advice)]
    counts = sorted({cluster.partitions[topic] for topic in topics.consumed})
    told = (
        f"{len(topics.all)} topics, {'/'.join(map(str, counts))} partitions: so many replicas of a service share work"
    )
    return [
        reachable,
        Finding(area="topics", level="ok", message=told),
        _copies(cluster),
        *(_consuming(service, names, cluster) for service, names in _consumed(topics).items()),
        _dead_letters(topics, cluster),
    ]


def _copies(cluster: _Cluster) -> Finding:
    fewest, needed = min(cluster.copies.values()), max(cluster.min_insync.values(), default=None)
    message = f"{fewest} of each record, {needed or 'it is not told how many'} in sync before it counts ({MIN_INSYNC})"
    if cluster.brokers > 1 and fewest == 1:
        advice = "A broker that is lost takes records with it: make topics with JISI_TOPIC_REPLICATION=3."
        return Finding(area="copies", level="warning", message=message, advice=advice)
    return Finding(area="copies", level="ok", message=message)


def _consumed(topics: Topics) -> Mapping[Service, Sequence[str]]:
    return {
        "router": (topics.queries, topics.responses),
        "generator": (topics.generation,),
        "switch": (topics.candidates,),
        "aggregator": (topics.aggregation,),
    }


def _consuming(service: Service, names: Sequence[str], cluster: _Cluster) -> Finding:
    group = cluster.groups[service]
    lag = sum(
        end - group.committed.get(partition, cluster.begins[partition])
        for partition, end in cluster.ends.items()
        if partition.topic in names
    )
    message = f"{group.members} consumer{'' if group.members == 1 else 's'}, {lag:,} records behind"
    if group.members == 0:
        advice = f"No {service} runs: start it with `jisi up`, or `python -m services.{service}`."
        return Finding(area=service, level="error", message=message, advice=advice)
    if lag > LAG_WORTH_A_WARNING:
        return Finding(area=service, level="warning", message=message, advice="Start more of it, see --replicas.")
    return Finding(area=service, level="ok", message=message)


def _dead_letters(topics: Topics, cluster: _Cluster) -> Finding:
    names = {topics.dead_letters(topic) for topic in topics.consumed}
    records = sum(
        end - cluster.begins[partition] for partition, end in cluster.ends.items() if partition.topic in names
    )
    if not records:
        return Finding(area="dead letters", level="ok", message="none")
    message = f"{records} records in dead-letter topics"
    return Finding(area="dead letters", level="note", message=message, advice="`jisi dlq list` tells what and why.")


async def _look(address: KafkaAddress, topics: Topics) -> _Cluster:
    admin = AIOKafkaAdminClient(**address.kafka.options())
    consumer = AIOKafkaConsumer(**address.kafka.options(), group_id=None, enable_auto_commit=False)
    try:
        await admin.start()
        await consumer.start()
        described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        present = {name: described[name] for name in topics.all if name in described}
        partitions = [TopicPartition(name, number) for name, parts in present.items() for number in range(len(parts))]
        return _Cluster(
            brokers=len((await admin.describe_cluster())["brokers"]),
            partitions={name: len(parts) for name, parts in present.items()},
            copies={name: min(len(part["replicas"]) for part in parts) for name, parts in present.items()},
            min_insync=await _min_insync(admin, list(present)),
            begins=await consumer.beginning_offsets(partitions),
            ends=await consumer.end_offsets(partitions),
            groups={service: await _group(admin, topics.group(service)) for service in _consumed(topics)},
        )
    finally:
        await consumer.stop()
        await admin.close()


async def _min_insync(admin: AIOKafkaAdminClient, names: Sequence[str]) -> Mapping[str, int]:
    """Give how many copies of each topic must have a record before it counts as published."""
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name, {MIN_INSYNC: None}) for name in names]
    found = {}
    for response in await admin.describe_configs(wanted) if wanted else ():
        for resource in response.to_object()["resources"]:
            values = {entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]}
            if MIN_INSYNC in values:  # not every user may see it
                found[resource["resource_name"]] = int(values[MIN_INSYNC])
    return found


async def _group(admin: AIOKafkaAdminClient, name: str) -> _Group:
    (described,) = await admin.describe_consumer_groups([name])
    (group,) = described.to_object()["groups"]
    offsets = await admin.list_consumer_group_offsets(name)
    return _Group(
        state=group["state"],
        members=len(group["members"]),
        committed={partition: kept.offset for partition, kept in offsets.items() if kept.offset >= 0},
    )
