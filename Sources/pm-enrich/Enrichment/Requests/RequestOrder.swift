import HeapModule
import PMFlow

/// The order of a route's waiting requests: two priority queues, one for each class, that share the turns four to one.
struct RequestOrder: Sendable {
    /// A request's position in the order of its class.
    struct Position: Comparable {
        let priority: Int64
        let id: QueuedRequestID

        static func < (left: Position, right: Position) -> Bool {
            left.priority == right.priority
                ? left.id.number > right.id.number : left.priority < right.priority
        }
    }

    private struct Entry: Equatable {
        let trafficClass: TrafficClass
        let priority: Int64
    }

    private var entries: [QueuedRequestID: Entry] = [:]
    /// The positions of each class. Those that differ from ``entries`` are outdated, and dropped when they come first.
    private var live = Heap<Position>()
    private var background = Heap<Position>()
    private var turns = WeightedTurns()

    /// Adds a request, or moves it.
    mutating func insert(_ id: QueuedRequestID, in trafficClass: TrafficClass, priority: Int64) {
        entries[id] = Entry(trafficClass: trafficClass, priority: priority)
        let position = Position(priority: priority, id: id)
        switch trafficClass {
        case .live: live.insert(position)
        case .background: background.insert(position)
        }
    }

    mutating func remove(_ id: QueuedRequestID) {
        entries[id] = nil
    }

    /// Returns the request whose turn it is.
    mutating func head() -> (position: Position, trafficClass: TrafficClass)? {
        let live = first(of: .live)
        let background = first(of: .background)
        if let background, live == nil || turns.isSecond { return (background, .background) }
        return live.map { ($0, .live) }
    }

    /// Returns the first request of a class.
    mutating func first(of trafficClass: TrafficClass) -> Position? {
        while let first = trafficClass == .live ? live.max : background.max {
            if entries[first.id] == Entry(trafficClass: trafficClass, priority: first.priority) {
                return first
            }
            removeMax(of: trafficClass)
        }
        return nil
    }

    /// Removes the first request of a class.
    mutating func removeFirst(of trafficClass: TrafficClass) {
        guard let first = first(of: trafficClass) else { return }
        remove(first.id)
        removeMax(of: trafficClass)
    }

    /// Removes the first request of a class, and counts its turn.
    mutating func takeTurn(of trafficClass: TrafficClass) {
        removeFirst(of: trafficClass)
        let isContested = first(of: trafficClass == .live ? .background : .live) != nil
        turns.record(second: trafficClass == .background, wasContested: isContested)
    }

    private mutating func removeMax(of trafficClass: TrafficClass) {
        switch trafficClass {
        case .live: _ = live.popMax()
        case .background: _ = background.popMax()
        }
    }
}
