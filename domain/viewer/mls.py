"""End-to-end encrypted conversations, as one viewer sees them."""

from functools import cached_property, partial

from domain.mls import devices, members
from domain.mls.rows import Device, Group
from domain.viewer.noun import Noun
from kit.batching import Loader


class Mls(Noun):
    """Devices and groups of end-to-end encrypted conversations."""

    @cached_property
    def device(self) -> Loader[int, Device | None]:
        """None where the viewer has no device with this ID."""
        return Loader(partial(devices.devices, self._db, self._viewer.id))

    @cached_property
    def group(self) -> Loader[int, Group | None]:
        """None where no device of the viewer is in a group with this ID."""
        return Loader(partial(members.groups, self._db, self._viewer.id))
