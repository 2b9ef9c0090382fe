--[[
  Counts an attempt, or says how long to wait before the next one. Each attempt beyond the free ones doubles the wait after it.
  KEYS[1]  bucket     hash: `n` attempts so far, `at` the moment in ms from which the next is let in
  ARGV[1]  free       attempts without a wait
  ARGV[2]  base       the first wait, in ms
  ARGV[3]  longest    the longest wait, in ms
  ARGV[4]  forget     ms after the last wait until the bucket is forgotten
  Returns 0 when it may be made, otherwise ms to wait. A refusal counts nothing, so that nobody is kept out for longer by trying. Reads Redis's clock.
]]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local seen = redis.call('HMGET', KEYS[1], 'n', 'at')
local at = tonumber(seen[2]) or 0
if at > now then return at - now end
local n = (tonumber(seen[1]) or 0) + 1
local over = n - tonumber(ARGV[1])
local wait = over < 0 and 0 or math.floor(math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(over, 30)))
redis.call('HSET', KEYS[1], 'n', n, 'at', now + wait)
redis.call('PEXPIRE', KEYS[1], wait + tonumber(ARGV[4]))
return 0
