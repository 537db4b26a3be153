"""The Helm chart, rendered by Helm itself and checked; nothing of it runs on a cluster."""
