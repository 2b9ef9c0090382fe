--[[
  Prolongs the leases of requests that still run; one that was lost with Redis's data comes back.
  KEYS     leases (sorted sets); all in one slot
  ARGV[1]  lease  ms from now that they last
  ARGV[2]  calls  JSON array, for each key: the ids of its running requests
  Returns  how many keys it prolonged
]]
local clock = redis.call('TIME')
local lease = tonumber(ARGV[1])
local untilMs = clock[1] * 1000 + math.floor(clock[2] / 1000) + lease
for key, ids in ipairs(cjson.decode(ARGV[2])) do
  for first = 1, #ids, 1000 do
    local members = {}
    for i = first, math.min(first + 999, #ids) do
      table.insert(members, untilMs)
      table.insert(members, ids[i])
    end
    redis.call('ZADD', KEYS[key], unpack(members))
  end
  redis.call('PEXPIRE', KEYS[key], lease)
end
return #KEYS
