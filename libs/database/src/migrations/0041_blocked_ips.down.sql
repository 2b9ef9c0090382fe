drop table blocked_ips;
