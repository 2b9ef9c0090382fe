drop table password_resets;
alter table sessions drop column previous_digest, drop column rotated_at;
