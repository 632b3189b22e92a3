-- What the site fold is told of, and what it tells.

ALTER TABLE vestibule.population COMMENT COLUMN key 'The value; for global the protocol, calibration/ and a stratum, or campaign/ and a site (weight is the alarm''s level in nats, fastWeight the usual clients an hour, hostile and distinct its sources and their networks).';
ALTER TABLE vestibule.sighting COMMENT COLUMN key 'The value: stableKey, HASSH, user name, network or AS number; of a trusted client-day (global) its stratum; of an unknown client''s first failed login of a day (attempt) its HASSH, empty where unknown.';
