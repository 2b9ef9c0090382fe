-- Where a session is used from, as one subscriber holds it: an IPv4 address, or the /64 around an IPv6 address, which changes within it every day. Null: written by
-- a release that knew only the address.
alter table sessions add column network text;
