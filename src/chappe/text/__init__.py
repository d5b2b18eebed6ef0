"""Letters and octets: alphabets, encodings, headers, parts; nothing here knows of messages or accounts."""
