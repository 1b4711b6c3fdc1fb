import Glibc

/// An error number of the C library.
struct Errno: Error, Equatable, CustomStringConvertible {
    let number: CInt

    init(_ number: CInt) {
        self.number = number
    }

    static var last: Errno { Errno(errno) }

    var description: String { String(cString: strerror(number)) }
}
