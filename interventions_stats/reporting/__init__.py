"""Reporting: pages, tables and sentences from results."""
