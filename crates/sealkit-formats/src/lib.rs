//! The sealed formats, one room each; rooms never import each other.
