"""Many moments become the local dates that each of them becomes alone, inside the table of offsets and outside of it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from services.metrics.domain.localdays import EPOCH, EPOCH_DAY, local_days

ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Africa/Casablanca")


@pytest.mark.parametrize("zone", ZONES)
def test_the_dates_of_many_moments_are_those_of_each(zone: str) -> None:
    days = local_days(zone)
    changes, _ = days._table
    around = [int(change) + step for change in changes for step in (-1, 0, 1)]
    spread = np.random.default_rng(5).integers(-(10**15), 45 * 10**14, 400)
    moments = np.asarray([*around, *spread], dtype=np.int64)

    alone = [(days.on(EPOCH + timedelta(microseconds=int(moment))) - EPOCH_DAY).days for moment in moments]
    assert days.days_of(moments).tolist() == alone
