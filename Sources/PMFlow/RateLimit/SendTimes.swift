import DequeModule

/// The times of requests, in order, in seconds since the limiter's origin.
struct SendTimes: Sendable {
    private var times: Deque<Double> = []

    mutating func append(_ time: Double) {
        times.append(time)
    }

    /// Removes one request that was sent at `time`, if there is one.
    mutating func remove(_ time: Double) {
        let index = firstIndex { $0 >= time }
        if index < times.count, times[index] == time { times.remove(at: index) }
    }

    /// Removes the requests that were sent at `time` or before.
    mutating func trim(through time: Double) {
        times.removeFirst(firstIndex { $0 > time })
    }

    /// Returns the number of requests after `start`, up to and including `end`.
    func count(after start: Double, through end: Double) -> Int {
        firstIndex { $0 > end } - firstIndex { $0 > start }
    }

    var last: Double { times.last ?? -.infinity }

    /// Returns the time of the `count`th request from the end, counting from one; `nil` when there are fewer.
    func time(fromEnd count: Int) -> Double? {
        count <= times.count ? times[times.count - count] : nil
    }

    private func firstIndex(where isAfter: (Double) -> Bool) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if isAfter(times[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    mutating func code(with coder: inout StateCoder) {
        coder.code(&times)
    }
}
