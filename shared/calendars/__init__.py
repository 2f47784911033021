"""Working calendars and time zones as values; the library of holidays stands behind `national` alone.

Here must not be: any rule of counting (services/requests/domain/clocks).
"""

from shared.calendars.working import CalendarNotCovered, WorkingCalendar

__all__ = ["CalendarNotCovered", "WorkingCalendar"]
