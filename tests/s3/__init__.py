"""The lake on S3, against a real MinIO, and the log stores of both worlds with several processes at once."""
