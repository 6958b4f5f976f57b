//! YAML text into a span tree: granit's events first, then one pass that finds what events do not say.
//!
//! The only file that knows granit-parser. Its spans are exact for flow style and quotes; block scalars come without
//! their header, values that were left out sit before their colon, and dashes and colons are not reported at all.
//! [`Layout`] walks the finished tree once in text order and fills all of that in.

mod layout;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use zeroize::Zeroizing;

use self::layout::Layout;
use crate::error::ParseError;
use crate::json;
use crate::limits::Limits;
use crate::source::{Source, Span};
use crate::tree::{Document, Item, NodeData, NodeId, Pair, Props, Shape, Slot, Style, Tag, Text, Tree};

/// Parses a YAML stream.
///
/// # Errors
///
/// [`ParseError::Syntax`] and [`ParseError::TooDeep`], both with their place.
pub(crate) fn parse(source: &Source, limits: &Limits) -> Result<Tree, ParseError> {
    let text = source.text();
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_comments: true,
        max_buffered_comment_events: text.len(),
    };
    let mut builder = Builder::new(source, limits);
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| syntax(source, limits, &error))?;
        builder.event(event, span)?;
    }
    let mut tree = builder.tree;
    tree.comments.sort_unstable();
    Layout {
        text: text.as_bytes(),
        tree: &mut tree,
    }
    .run();
    match interrupted(&tree) {
        Some(comment) => Err(ParseError::Syntax {
            place: source.place(comment.start),
            problem: "a comment between the lines of one value".to_owned(),
        }),
        None => Ok(tree),
    }
}

/// A comment inside a plain scalar of several lines. It ends the scalar, so what follows is no YAML; granit 2.2 knows that,
/// but not of comments behind tabs.
fn interrupted(tree: &Tree) -> Option<Span> {
    let folded =
        |node: &&NodeData| node.style == Style::Plain && matches!(node.shape, Shape::Scalar(Text::Owned(_)));
    tree.nodes.iter().filter(folded).find_map(|node| {
        let next = tree
            .comments
            .partition_point(|comment| comment.start < node.span.start);
        let comment = tree.comments.get(next)?;
        (comment.start < node.span.end).then_some(*comment)
    })
}

/// An open collection.
struct Frame {
    node: NodeId,
    key: Option<NodeId>,
}

struct Builder<'a> {
    source: &'a Source,
    limits: &'a Limits,
    tree: Tree,
    stack: Vec<Frame>,
    /// The node of each anchor id, which are small consecutive numbers.
    anchors: Vec<NodeId>,
    last: NodeId,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source, limits: &'a Limits) -> Self {
        Self {
            source,
            limits,
            tree: Tree::default(),
            stack: Vec::new(),
            anchors: Vec::new(),
            last: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, span: granit_parser::Span) -> Result<(), ParseError> {
        let at = self.span(span);
        match event {
            Event::DocumentStart(explicit, _) => {
                let content_start = if explicit { at.end } else { at.start };
                self.tree.documents.push(Document {
                    root: NodeId::MAX,
                    content_start,
                });
            }
            Event::Comment(..) => self.tree.comments.push(at),
            Event::Scalar(value, style, anchor, tag) => {
                let style = scalar_style(style);
                let text = self.scalar_text(value.into_owned(), style, at);
                let props = self.tag_props(tag.as_deref(), span);
                self.open(Shape::Scalar(text), style, at, props, anchor)?;
            }
            Event::Alias(id) => {
                let target = self.anchors.get(id).copied().unwrap_or(NodeId::MAX);
                if target == NodeId::MAX {
                    return Err(self.problem(at.start, "an alias without an anchor before it"));
                }
                self.open(Shape::Alias(target), Style::Alias, at, None, 0)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                let props = self.tag_props(tag.as_deref(), span);
                let node = self.open(
                    Shape::Sequence(Vec::new()),
                    structure_style(style),
                    at,
                    props,
                    anchor,
                )?;
                self.push(node, at)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let props = self.tag_props(tag.as_deref(), span);
                let node = self.open(
                    Shape::Mapping(Vec::new()),
                    structure_style(style),
                    at,
                    props,
                    anchor,
                )?;
                self.push(node, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.stack.pop() {
                    let node = &mut self.tree.nodes[frame.node as usize];
                    node.span.end = at.end.max(node.span.start);
                }
            }
            Event::Anchor(_, _) => self.anchor(at),
            _ => {}
        }
        Ok(())
    }

    /// Adds a node to the collection that is open.
    fn open(
        &mut self,
        shape: Shape,
        style: Style,
        span: Span,
        props: Option<Box<Props>>,
        anchor: usize,
    ) -> Result<NodeId, ParseError> {
        let id = NodeId::try_from(self.tree.nodes.len())
            .map_err(|_| self.problem(span.start, "too many nodes for one file"))?;
        let (parent, slot) = self.attach(id);
        self.tree.nodes.push(NodeData {
            shape,
            style,
            props,
            span,
            parent,
            slot,
        });
        if anchor > 0 {
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, NodeId::MAX);
            }
            self.anchors[anchor] = id;
        }
        self.last = id;
        Ok(id)
    }

    fn attach(&mut self, id: NodeId) -> (NodeId, Slot) {
        let Some(frame) = self.stack.last_mut() else {
            if let Some(document) = self.tree.documents.last_mut() {
                document.root = id;
            }
            return (id, Slot::Root);
        };
        let parent = frame.node;
        let slot = match &mut self.tree.nodes[parent as usize].shape {
            Shape::Sequence(items) => {
                items.push(Item { start: 0, node: id });
                Slot::Item(index(items.len()))
            }
            Shape::Mapping(pairs) => match frame.key.take() {
                None => {
                    frame.key = Some(id);
                    Slot::Key(index(pairs.len() + 1))
                }
                Some(key) => {
                    pairs.push(Pair {
                        start: 0,
                        key,
                        colon: None,
                        value: id,
                        complex: false,
                    });
                    Slot::Value(index(pairs.len()))
                }
            },
            Shape::Scalar(_) | Shape::Alias(_) => Slot::Root,
        };
        (parent, slot)
    }

    fn push(&mut self, node: NodeId, at: Span) -> Result<(), ParseError> {
        let limit = self.limits.max_depth.min(json::MAX_DEPTH);
        if self.stack.len() >= limit {
            return Err(ParseError::TooDeep {
                place: self.source.place(at.start),
                limit,
            });
        }
        self.stack.push(Frame { node, key: None });
        Ok(())
    }

    fn scalar_text(&self, value: String, style: Style, span: Span) -> Text {
        let value = Zeroizing::new(value);
        let inner = match style {
            Style::Plain => span,
            Style::SingleQuoted | Style::DoubleQuoted if span.end >= span.start + 2 => {
                Span::new(span.start + 1, span.end - 1)
            }
            _ => return Text::Owned(value),
        };
        // A value that was left out is reported as `~`; for us it is the empty text, which means the same.
        if inner.is_empty() || self.source.slice(inner) == value.as_str() {
            Text::Source(inner)
        } else {
            Text::Owned(value)
        }
    }

    fn tag_props(&self, tag: Option<&granit_parser::Tag>, span: granit_parser::Span) -> Option<Box<Props>> {
        let tag = tag?;
        let at = span
            .tag_span()
            .map_or_else(|| self.span(span), |span| self.span(span));
        let name = format!("{}{}", tag.handle(), tag.suffix());
        Some(Box::new(Props {
            span: at,
            anchor: None,
            tag: Some(Tag { name }),
        }))
    }

    fn anchor(&mut self, at: Span) {
        let name = Span::new(at.start + 1, at.end);
        let props = &mut self.tree.nodes[self.last as usize].props;
        match props {
            Some(props) => {
                props.span = Span::new(props.span.start.min(at.start), props.span.end.max(at.end));
                props.anchor = Some(name);
            }
            None => {
                *props = Some(Box::new(Props {
                    span: at,
                    anchor: Some(name),
                    tag: None,
                }))
            }
        }
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or_default();
        let end = self.source.text().len();
        Span::new(range.start.min(end), range.end.min(end))
    }

    fn problem(&self, at: usize, problem: &str) -> ParseError {
        ParseError::Syntax {
            place: self.source.place(at),
            problem: problem.to_owned(),
        }
    }
}

/// The index of the last of `len` children.
fn index(len: usize) -> u32 {
    u32::try_from(len.saturating_sub(1)).unwrap_or(u32::MAX)
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        _ => Style::Plain,
    }
}

fn structure_style(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}

/// granit's error without the one thing in it that comes from the file, an offending character.
fn syntax(source: &Source, limits: &Limits, error: &ScanError) -> ParseError {
    let mark = error.marker();
    let place = match mark.byte_offset() {
        Some(offset) => source.place(offset),
        None => {
            let mut place = source.place(0);
            place.location.line = mark.line();
            place.location.column = mark.col() + 1;
            place
        }
    };
    let problem = match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            return ParseError::TooDeep {
                place,
                limit: limits.max_depth,
            };
        }
        ErrorKind::UnexpectedCharacter { .. } => "a character that cannot start a value here".to_owned(),
        ErrorKind::Custom(_) => "not YAML".to_owned(),
        kind => kind.to_string(),
    };
    ParseError::Syntax { place, problem }
}
