drop table stored_responses;
