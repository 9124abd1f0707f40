"""The studies that come with the library, one file each: claims with their literal tests, drivers, actor."""
