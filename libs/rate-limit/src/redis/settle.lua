--[[
  Ends calls that were admitted: corrects what they took, in the window in which they took it, and frees their leases.
  A window that has become the one before is corrected there; an older one no longer counts. Nothing falls below zero.
  KEYS     counters (hash) and leases (sorted set), in any order; all in one slot
  ARGV[1]  windows  JSON array of {name, lengthMs, tokens, aligned, slides}, as in admit.lua
  ARGV[2]  calls    JSON array of [id, taken at in ms, requests to add, tokens to add, [counters, …], [leases, …] ]; keys as positions in KEYS
  Returns  how many calls it ended
]]
local windows, calls = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local stored, changed, freed = {}, {}, {}

local function open(key)
  if not stored[key] then
    local fields, flat = {}, redis.call('HGETALL', KEYS[key])
    for i = 1, #flat, 2 do fields[flat[i]] = tonumber(flat[i + 1]) end
    stored[key], changed[key] = fields, {}
  end
  return stored[key]
end

-- The field that holds what passed at `at`; nil when it no longer counts.
local function fieldOf(fields, rule, at)
  local start, length = fields[rule.name .. ':s'], rule.lengthMs
  if not start then return nil end
  if not rule.aligned then return at >= start and at < start + length and rule.name or nil end
  local begins = at - at % length
  if start == begins then return rule.name end
  return start == begins + length and rule.slides and rule.name .. ':p' or nil
end

for _, call in ipairs(calls) do
  local id, at, requests, tokens, counters, leases = unpack(call)
  for _, key in ipairs(counters) do
    local fields = open(key)
    for _, rule in ipairs(windows) do
      local difference = rule.tokens and tokens or requests
      local field = difference ~= 0 and fieldOf(fields, rule, at)
      if field and fields[field] then
        fields[field] = math.max(0, fields[field] + difference)
        changed[key][field] = true
      end
    end
  end
  for _, key in ipairs(leases) do
    freed[key] = freed[key] or {}
    table.insert(freed[key], id)
  end
end

for key, names in pairs(changed) do
  local pairsToSet = {}
  for name in pairs(names) do
    table.insert(pairsToSet, name)
    table.insert(pairsToSet, stored[key][name])
  end
  if #pairsToSet > 0 then redis.call('HSET', KEYS[key], unpack(pairsToSet)) end
end
for key, ids in pairs(freed) do redis.call('ZREM', KEYS[key], unpack(ids)) end
return #calls
