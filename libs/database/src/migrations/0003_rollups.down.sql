drop function roll_up_usage_day(date);
drop function roll_up_usage_hour(timestamptz);
drop function usage_days_to_roll_up(interval);
drop function usage_hours_to_roll_up(interval);
drop table usage_rollups;
drop table usage_daily;
drop table usage_hourly;
drop index usage_records_by_recording;
