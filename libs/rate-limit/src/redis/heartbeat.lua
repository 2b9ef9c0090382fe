--[[
  Says that a gateway process lives, and counts those that do. It writes, so it also shows that Redis takes writes.
  KEYS[1]  pods   sorted set: process id by the moment it counts as gone, in ms
  ARGV[1]  id     of this process
  ARGV[2]  alive  ms for which it counts as alive
  Returns  the number of living processes, this one included
]]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
