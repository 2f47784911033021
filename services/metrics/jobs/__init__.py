"""Reports made in the background: ordered over HTTP, made by a process of their own, kept for a while. How a report is made stands in reports/."""
