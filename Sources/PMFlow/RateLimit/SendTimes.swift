/// When requests were sent, in order; times count seconds from any one moment.
struct SendTimes: Sendable {
    private var times: [Double] = []
    private var first = 0

    mutating func append(_ time: Double) {
        times.append(time)
    }

    /// Takes one request of that time out.
    mutating func remove(_ time: Double) {
        let place = firstPlace { $0 >= time }
        if place < times.count, times[place] == time { times.remove(at: place) }
    }

    /// Forgets what was sent at `time` or before.
    mutating func trim(through time: Double) {
        first = firstPlace { $0 > time }
        guard first > 1024, first > times.count / 2 else { return }
        times.removeFirst(first)
        first = 0
    }

    /// How many were sent after `start`, and at `end` or before.
    func count(after start: Double, through end: Double) -> Int {
        firstPlace { $0 > end } - firstPlace { $0 > start }
    }

    var last: Double { times.last ?? -.infinity }

    /// The time of the last but so many; `nil` when there are not so many.
    func time(fromEnd count: Int) -> Double? {
        count <= times.count - first ? times[times.count - count] : nil
    }

    private func firstPlace(where isBehind: (Double) -> Bool) -> Int {
        var (low, high) = (first, times.count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(times[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    mutating func pass(over tape: inout StateCoder) {
        tape.pass(&times, from: first)
        if tape.isReading { first = 0 }
    }
}
