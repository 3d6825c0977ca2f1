"""Training of the feed's ranking model, once and on demand."""

from domain.feed import training
from domain.feed.training import Compared, TrainingError
from kit import clock
from workers.parts import Parts

__all__ = ["TrainingError", "train"]


async def train(parts: Parts) -> str:
    """Train a model, make it the current one and return how it does on held-out data. Raises TrainingError."""
    model, metrics = await training.train(parts.db, clock.now())
    return "\n".join(
        [
            f"Version {model.version} is in use: trained on {metrics.trained_on:,} impressions,",
            f"measured on the {metrics.held_out:,} after them, of which {metrics.acted:,} were acted on.",
            f"{'':8}{'interest':>10}{'score':>10}{'by time':>10}",
            _line("AUC", metrics.auc) + f"   (interest by the model before: {metrics.auc_before:.4f})",
            _line("NDCG@10", metrics.ndcg),
        ]
    )


def _line(name: str, measured: Compared) -> str:
    return f"{name:8}{measured.interest:10.4f}{measured.score:10.4f}{measured.chronological:10.4f}"
