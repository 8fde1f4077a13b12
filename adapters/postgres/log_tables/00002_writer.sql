-- +goose Up
-- The process that writes, or wrote last: writer tells it from every other, the rest is for people. A log that was left for another
-- one names that one.
ALTER TABLE epoch
  ADD COLUMN writer uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  ADD COLUMN machine text NOT NULL DEFAULT '',
  ADD COLUMN process bigint NOT NULL DEFAULT 0,
  ADD COLUMN since timestamptz NOT NULL DEFAULT to_timestamp(0),
  ADD COLUMN moved_to text NOT NULL DEFAULT '';
