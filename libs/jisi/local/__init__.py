"""A real small language model on this machine's processor, as five experts: no key, no GPU, no compiler.

One process serves SmolLM2-135M-Instruct with llama.cpp; the experts are that one model under five system prompts.
"""
