"""Values that the chart is rendered with: together they turn every switch."""

from collections.abc import Mapping
from typing import Any

from tests.charts.rendering import SERVICES, Values, example


def merged(base: Values, *more: Values) -> Values:
    """Lay values over others, as Helm does with files."""
    result: dict[str, Any] = dict(base)
    for over in more:
        for key, value in over.items():
            under = result.get(key)
            result[key] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result


_ONE_SERVICE: Values = {
    "image": {"digest": f"sha256:{'0123456789abcdef' * 4}"},
    "terminationGracePeriodSeconds": 90,
    "pod": {
        "annotations": {"example.com/note": "yes"},
        "labels": {"example.com/team": "models"},
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "batch", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "priorityClassName": "high",
    },
    "extraVolumes": [{"name": "more", "configMap": {"name": "more"}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/etc/more", "readOnly": True}],
}
_ALL_ON: Values = {
    "fullnameOverride": "all-on",
    "nameOverride": "all",
    "kafka": {
        "topicPrefix": "one.",
        "mechanism": "SCRAM-SHA-256",
        "username": "",
        "credentials": {"secret": "kafka", "usernameKey": "username"},
        "clientCertificate": {"secret": "kafka-client"},
    },
    "embedderKey": {"secret": "embedder", "key": "key"},
    "llmKeys": {"secrets": ["keys", "more-keys"]},
    "telemetry": {"otlpHeaders": {"secret": "otlp", "key": "headers"}},
    "metrics": {"podAnnotations": True},
    "settings": {"JISI_TRACE_CONTENT": False, "JISI_SPANS_KEPT_HOURS": 1.5, "JISI_SPAN_QUEUE": 2_000_000},
    **dict.fromkeys(SERVICES, _ONE_SERVICE),
    "autoscaling": {"keda": {"calls": "prometheus", "counted": "open", "prometheus": {"address": "http://prometheus"}}},
    "serviceAccount": {"name": "own", "annotations": {"example.com/role": "jisi"}},
}
_ENDPOINT_EMBEDDER: Values = {
    "router": {
        "settings": {
            "JISI_EMBEDDER": "endpoint",
            "JISI_EMBEDDER_MODEL": "embed",
            "JISI_EMBEDDER_BASE_URL": "https://embed.example.com/v1",
            "JISI_EMBEDDER_DIMENSIONS": 384,
            "JISI_EMBEDDER_TAIL_TOKENS": 256,
        }
    }
}
_ALL_OFF: Values = {
    "autoscaling": {"kind": "hpa"},
    "migrate": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "serviceAccount": {"create": False},
    "topologySpread": {"keys": []},
    "settings": {"JISI_LOG_FORMAT": "text"},
    "pool": {"toml": '  # begins with a space\ndefault_model = "one"\n\n[[model]]\nname = "one: {{ 1 }}"\n'},
}
_POSTGRES_ALONE: Values = {
    "database": {"directUrl": {"secret": "direct", "key": "url"}},
    "autoscaling": {"kind": "keda", "keda": {"counted": "open"}},
}

CASES: Mapping[str, Values] = {
    "defaults": {},
    "trial": example("trial"),
    "production": example("production"),
    "all on": merged(example("production"), _ALL_ON, _ENDPOINT_EMBEDDER),
    "all off": _ALL_OFF,
    "postgres alone": _POSTGRES_ALONE,
    "no calls counted": {"autoscaling": {"kind": "keda", "keda": {"calls": "none"}}, "kafka": {"protocol": "ssl"}},
}
