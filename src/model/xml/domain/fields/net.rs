//! Network interfaces.

use crate::model::xml::field::fields;

fields! {
    /// A network interface.
    interface {
        /// Hardware address.
        MAC: String = Text, "mac/@address";
        /// Model of the card.
        MODEL: String = Text, "model/@type";
    }
}
