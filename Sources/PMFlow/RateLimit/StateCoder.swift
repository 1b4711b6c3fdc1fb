/// Codes a value as a list of numbers. One function of the value writes its parts, or reads them back in the same order.
struct StateCoder {
    private(set) var numbers: [Double]
    let isReading: Bool
    private var index = 0
    /// True if more numbers were read than there are.
    private(set) var isIncomplete = false

    /// Creates a coder that writes.
    init() {
        numbers = []
        isReading = false
    }

    init(reading numbers: [Double]) {
        self.numbers = numbers
        isReading = true
    }

    mutating func code(_ number: inout Double) {
        guard isReading else { return numbers.append(number) }
        guard index < numbers.count else {
            isIncomplete = true
            return
        }
        number = numbers[index]
        index += 1
    }

    mutating func code(_ number: inout Int) {
        var double = Double(number)
        code(&double)
        number = Self.integer(double) ?? 0
    }

    mutating func code(_ flag: inout Bool) {
        var number = flag ? 1.0 : 0
        code(&number)
        flag = number == 1
    }

    mutating func code(_ number: inout Double?) {
        var (isPresent, value) = (number != nil, number ?? 0)
        code(&isPresent)
        code(&value)
        number = isPresent ? value : nil
    }

    mutating func code(_ number: inout Int?) {
        var double = number.map(Double.init)
        code(&double)
        number = double.flatMap(Self.integer)
    }

    /// Returns `nil` for a number too large to have been written, so that adding one to a result never overflows.
    private static func integer(_ double: Double) -> Int? {
        double.magnitude < 0x1p53 ? Int(double.rounded()) : nil
    }

    mutating func code(_ list: inout some RangeReplaceableCollection<Double>) {
        var count = list.count
        code(&count)
        guard isReading else { return numbers.append(contentsOf: list) }
        isIncomplete = isIncomplete || count < 0 || count > numbers.count - index
        let end = isIncomplete ? index : index + count
        list.removeAll()
        list.append(contentsOf: numbers[index..<end])
        index = end
    }

    /// - Parameter element: Codes one element. While reading, it gets copies of `empty` to fill.
    mutating func code<Element>(
        _ list: inout [Element], empty: Element, _ element: (inout StateCoder, inout Element) -> Void
    ) {
        var count = list.count
        code(&count)
        if isReading {
            isIncomplete = isIncomplete || count < 0 || count > numbers.count
            list = Array(repeating: empty, count: isIncomplete ? 0 : count)
        }
        for index in list.indices { element(&self, &list[index]) }
    }
}
