-- Takes from one token bucket in one step. The value is the instant at which the bucket is full again, in
-- microseconds of this server's clock: the one clock for all replicas. A missing key is a full bucket.
-- KEYS[1] the bucket; ARGV: microseconds per token, burst, cost.
-- Answers whether it was taken (1 or 0) and the microseconds until the bucket is full. Whole numbers below 2^53
-- throughout, which doubles hold exactly.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local capacity = interval * burst
local backlog = (tonumber(redis.call('GET', KEYS[1]) or '') or now) - now
if backlog < 0 then
    backlog = 0
elseif backlog > capacity then
    -- This server's clock was set back, or the rate was changed: an empty bucket is the most there is to wait for.
    backlog = capacity
end
local after = backlog + math.min(cost, burst) * interval
if after > capacity then
    return {0, backlog}
end
redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil(after / 1000) + 60000)
return {1, after}
