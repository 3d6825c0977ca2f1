"""Devices that receive pushes, as one viewer sees them."""

from functools import cached_property, partial

from domain.push import reads
from domain.push.rows import Device
from domain.viewer.noun import Noun
from kit.batching import Loader


class Push(Noun):
    """Devices that receive pushes."""

    @cached_property
    def device(self) -> Loader[int, Device | None]:
        """None where the viewer has no device with this ID."""
        return Loader(partial(reads.devices, self._db, self._viewer.id))
