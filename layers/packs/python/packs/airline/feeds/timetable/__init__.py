"""Schedules in the form of SSIM chapter 7."""
