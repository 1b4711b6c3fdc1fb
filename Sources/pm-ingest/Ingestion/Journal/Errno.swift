import Glibc

/// An error number of the C library.
package struct Errno: Error, Equatable, CustomStringConvertible {
    package let number: CInt

    package init(_ number: CInt) {
        self.number = number
    }

    static var last: Errno { Errno(errno) }

    package var description: String { String(cString: strerror(number)) }
}
