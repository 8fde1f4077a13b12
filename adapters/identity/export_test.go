package identity

// HashCheaply makes the hashes of passwords small, for tests that are about something else.
func HashCheaply(s *Service) { s.memoryKiB = 64 }
