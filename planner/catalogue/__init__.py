"""Facts of the vendor document and questions, read from their data files."""
