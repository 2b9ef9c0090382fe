--[[
  Prolongs or ends the lock of whoever makes an answer that others wait for.
  KEYS[1]  lock    holds the token of its owner
  ARGV[1]  token   whose it must be
  ARGV[2]  life    ms from now; 0 ends it
  Returns 1 when it was the owner's, else 0 and nothing has changed.
]]
if redis.call('get', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('del', KEYS[1])
else
  redis.call('pexpire', KEYS[1], ARGV[2])
end
return 1
