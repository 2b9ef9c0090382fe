--[[
  Ends calls that were admitted: corrects what they took, in the window in which they took it, and frees their leases.
  A window that has become the one before is corrected there; an older one no longer counts. Nothing falls below zero.
  KEYS     counters (hash) and leases (sorted set), in any order; all in one slot
  ARGV[1]  windows  JSON array of {name, lengthMs, tokens, aligned, slides}, as in admit.lua
  ARGV[2]  calls    JSON array of [id, taken at in ms, requests to add, tokens to add, [counters, …], [leases, …] ]; keys as positions in KEYS
  Returns  how many calls it ended
]]
local windows, calls = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local names = {}
for i, rule in ipairs(windows) do names[i] = rule.name end
local opened, freed = {}, {}

local function open(key)
  local scope = { stored = redis.call('HMGET', KEYS[key], unpack(names)), windows = {} }
  for i, value in ipairs(scope.stored) do
    local start, current, previous = string.match(value or '', '(%d+) (%d+) (%d+)')
    if start then scope.windows[i] = { start = tonumber(start), current = tonumber(current), previous = tonumber(previous) } end
  end
  opened[key] = scope
  return scope
end

-- Which of the window's two numbers holds what passed at `at`; nil when it no longer counts.
local function placeOf(window, rule, at)
  local length = rule.lengthMs
  if not rule.aligned then return at >= window.start and at < window.start + length and 'current' or nil end
  local begins = at - at % length
  if window.start == begins then return 'current' end
  return rule.slides and window.start == begins + length and 'previous' or nil
end

for _, call in ipairs(calls) do
  local id, at, requests, tokens, counters, leases = unpack(call)
  for _, key in ipairs(counters) do
    local scope = opened[key] or open(key)
    for i, rule in ipairs(windows) do
      local difference, window = rule.tokens and tokens or requests, scope.windows[i]
      local place = window and difference ~= 0 and placeOf(window, rule, at)
      if place then
        window[place] = math.max(0, window[place] + difference)
        window.isChanged = true
      end
    end
  end
  for _, key in ipairs(leases) do
    local ids = freed[key] or {}
    ids[#ids + 1], freed[key] = id, ids
  end
end

for key, scope in pairs(opened) do
  local fields = {}
  for i, window in pairs(scope.windows) do
    local n = #fields
    if window.isChanged then fields[n + 1], fields[n + 2] = names[i], window.start .. ' ' .. window.current .. ' ' .. window.previous end
  end
  if #fields > 0 then redis.call('HSET', KEYS[key], unpack(fields)) end
end
for key, ids in pairs(freed) do redis.call('ZREM', KEYS[key], unpack(ids)) end
return #calls
