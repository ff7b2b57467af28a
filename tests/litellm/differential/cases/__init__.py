"""All cases."""
from __future__ import annotations

from dataclasses import replace

from ..case import HI, Case, Json
from ..providers import PROVIDERS, Provider
from . import addresses, messages, own, parameters, recorded, tools


def all_cases() -> list[Case]:
    """Each shared case for each provider, those in which models differ for more of its models, and its own."""
    cases: list[Case] = []
    for provider in PROVIDERS:
        for family in parameters, messages, tools:
            for name, params in family.CASES.items():
                cases.append(_case(provider, provider.model, name, params))
        for model in provider.more_models:
            for name, params in parameters.MODEL_CASES.items():
                cases.append(_case(provider, model, f"{name} @{model}", params))
    for prefix, model, name, params in own.cases():
        provider = _provider(prefix)
        cases.append(_case(provider, model or provider.model, f"{name} @{model}" if model else name, params))
    for prefix, name, environment in addresses.cases():
        provider = _provider(prefix)
        cases.append(replace(_case(provider, provider.model, name, {}), environment=environment))
    for prefix, model, answer, params in recorded.cases():
        provider = _provider(prefix)
        cases.append(replace(_case(provider, model, f"answer {answer}", params), answer=answer))
    return cases


def _provider(prefix: str) -> Provider:
    return next(provider for provider in PROVIDERS if provider.name == prefix)


def _case(provider: Provider, model: str, name: str, params: dict[str, Json]) -> Case:
    their_prefix = provider.their_prefix or provider.prefix
    return Case(
        provider.name,
        name,
        f"{provider.prefix}/{model}",
        {"messages": HI} | params,
        provider.environment(),
        f"{their_prefix}/{model}",
    )
