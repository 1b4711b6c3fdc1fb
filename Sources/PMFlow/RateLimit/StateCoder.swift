/// A value's parts as numbers, one behind the other: written, or read back in the same order by the same code.
struct StateCoder {
    private(set) var numbers: [Double]
    let isReading: Bool
    private var place = 0
    /// Whether more was to be read than there is.
    private(set) var isTorn = false

    init() {
        numbers = []
        isReading = false
    }

    init(reading numbers: [Double]) {
        self.numbers = numbers
        isReading = true
    }

    mutating func pass(_ number: inout Double) {
        guard isReading else { return numbers.append(number) }
        guard place < numbers.count else {
            isTorn = true
            return
        }
        number = numbers[place]
        place += 1
    }

    mutating func pass(_ number: inout Int) {
        var double = Double(number)
        pass(&double)
        number = Self.integer(double) ?? 0
    }

    mutating func pass(_ flag: inout Bool) {
        var number = flag ? 1.0 : 0
        pass(&number)
        flag = number == 1
    }

    mutating func pass(_ number: inout Double?) {
        var (isThere, some) = (number != nil, number ?? 0)
        pass(&isThere)
        pass(&some)
        number = isThere ? some : nil
    }

    mutating func pass(_ number: inout Int?) {
        var double = number.map(Double.init)
        pass(&double)
        number = double.flatMap(Self.integer)
    }

    /// None that could not have been written: one more is still a number then.
    private static func integer(_ double: Double) -> Int? {
        double.magnitude < 0x1p53 ? Int(double.rounded()) : nil
    }

    mutating func pass(_ list: inout [Double], from first: Int = 0) {
        var count = list.count - first
        pass(&count)
        guard isReading else { return numbers.append(contentsOf: list[first...]) }
        isTorn = isTorn || count < 0 || count > numbers.count - place
        list = isTorn ? [] : Array(numbers[place..<(place + count)])
        place += isTorn ? 0 : count
    }

    /// - Parameter element: Passes one element; it is given `empty` ones to read into.
    mutating func pass<Element>(
        _ list: inout [Element], empty: Element, _ element: (inout StateCoder, inout Element) -> Void
    ) {
        var count = list.count
        pass(&count)
        if isReading {
            isTorn = isTorn || count < 0 || count > numbers.count
            list = Array(repeating: empty, count: isTorn ? 0 : count)
        }
        for place in list.indices { element(&self, &list[place]) }
    }
}
