--[[
  Takes one counted attempt back, and the wait that it brought.
  KEYS[1]  bucket  as login-attempt.lua keeps it
  Returns the attempts that are left.
]]
local n = tonumber(redis.call('HGET', KEYS[1], 'n')) or 0
if n <= 1 then
  redis.call('DEL', KEYS[1])
  return 0
end
redis.call('HSET', KEYS[1], 'n', n - 1, 'at', 0)
return n - 1
