//! Flow style: collections in braces and brackets, in YAML and in JSON, on one line or on many.

use zeroize::Zeroizing;

use crate::edit::draft::{Child, Content, State};
use crate::edit::error::EditError;
use crate::edit::fresh;
use crate::edit::render::{Renderer, Text, reprefix};
use crate::edit::seams::{Edge, Seams};
use crate::read::{self, Typed};
use crate::scalar::{self, Context};
use crate::source::Span;
use crate::tree::{NodeId, Shape, Slot, Style};

impl Renderer<'_> {
    /// A collection in braces in its place: its text from brace to brace.
    pub(crate) fn flow(&self, id: NodeId) -> Text {
        let text = self.geometry.text;
        let span = self.geometry.tree.node(id).span;
        let elements = self.elements(id);
        let Some(last) = elements.last() else {
            return self.flow_of_none(id, span);
        };
        let mut between = vec![&text[span.start + 1..elements[0].start]];
        between.extend(elements.windows(2).map(|pair| &text[pair[0].end..pair[1].start]));
        between.push(&text[last.end..span.end - 1]);
        let prefix = self.geometry.indentation(elements[0].start);
        let seams = Seams {
            lined: between[0].contains('\n'),
            fresh_line: format!("{}{prefix}", self.house.newline),
            between,
            spaced: self.house.spaced,
        };

        let mut out = Zeroizing::new(text[span.start..=span.start].to_owned());
        let mut previous = Edge::Brace;
        // Comments of elements that are gone.
        let mut orphans: Vec<&str> = Vec::new();
        for child in self.draft.children(id) {
            let (next, element) = match child {
                Child::Gone(at, node) => {
                    let moved = self.draft.state(node) == State::Placed;
                    orphans.extend(seams.orphans(at, moved));
                    continue;
                }
                Child::Original(at, node) => (Edge::Original(at), self.flow_original(node, elements[at])),
                Child::New(node) => (Edge::New, self.flow_new(node, prefix, id)),
            };
            seams.write(&mut out, previous, next, &std::mem::take(&mut orphans));
            out.push_str(&element);
            previous = next;
        }
        if matches!(previous, Edge::Brace) && orphans.is_empty() && !seams.between[0].contains('#') {
            return Zeroizing::new(self.empty(id).to_owned());
        }
        seams.write(&mut out, previous, Edge::Brace, &orphans);
        out.push_str(&text[span.end - 1..span.end]);
        out
    }

    /// A collection in braces that had no elements, perhaps comments.
    fn flow_of_none(&self, id: NodeId, span: Span) -> Text {
        let inner = &self.geometry.text[span.start + 1..span.end - 1];
        let outer_prefix = self.geometry.indentation(span.start);
        if !inner.contains('#') {
            return self.fresh_flow(id, outer_prefix);
        }
        let prefix = format!("{outer_prefix}{}", self.house.unit);
        let mut out = Zeroizing::new(self.geometry.text[span.start..=span.start].to_owned());
        out.push_str(inner.trim_end());
        for (at, child) in self.draft.living(id).into_iter().enumerate() {
            out.push_str(if at > 0 { "," } else { "" });
            out.push_str(self.house.newline);
            out.push_str(&prefix);
            out.push_str(&self.flow_new(child, &prefix, id));
        }
        out.push_str(self.house.newline);
        out.push_str(outer_prefix);
        out.push_str(&self.geometry.text[span.end - 1..span.end]);
        out
    }

    /// An element in its place, with whatever changed in it.
    fn flow_original(&self, id: NodeId, span: Span) -> Text {
        if !self.draft.is_dirty(id) && self.draft.new_key(id).is_none() {
            return Zeroizing::new(self.geometry.slice(span).to_owned());
        }
        self.flow_entry(id)
    }

    /// An entry or item of an original collection in braces.
    fn flow_entry(&self, id: NodeId) -> Text {
        let text = self.geometry.text;
        let Some(pair) = self.draft.pair(id) else {
            return self.flow_value(id);
        };
        let key = self.geometry.tree.node(pair.key).outer();
        let mut out = match self.draft.new_key(id) {
            // Behind a quoted key no space has to follow the colon, as in JSON that stands in a stream of YAML.
            Some(new) if self.geometry.tree.node(pair.key).style != Style::Plain => {
                fresh::key(new, Context::Json)
            }
            Some(new) => fresh::key(new, self.flow_context()),
            None => Zeroizing::new(text[pair.start..key.end].to_owned()),
        };
        let value = self.geometry.tree.node(id);
        match pair.colon {
            Some(colon) => {
                out.push_str(&text[key.end..=colon]);
                let gap = text.get(colon + 1..value.outer_start()).unwrap_or_default();
                let left_out = value.is_left_out() && value.props.is_none();
                out.push_str(if left_out { " " } else { gap });
            }
            None => out.push_str(": "),
        }
        out.push_str(&self.flow_value(id));
        out
    }

    /// An element that comes from elsewhere, its lines indented by `prefix`.
    fn flow_new(&self, id: NodeId, prefix: &str, collection: NodeId) -> Text {
        let mapping = self.draft.is_mapping(collection) != Some(false);
        let mut out = Text::default();
        if self.draft.is_original(id) {
            let node = self.geometry.tree.node(id);
            if self.geometry.tree.node(node.parent).style != Style::Block {
                let start = self.draft.pair(id).map_or(node.outer_start(), |pair| pair.start);
                return reprefix(&self.flow_entry(id), self.geometry.indentation(start), prefix);
            }
            self.refuse_comments(id);
        }
        if mapping {
            out.push_str(&self.key_text(id, self.flow_context()));
            out.push_str(if self.house.spaced || !self.house.json {
                ": "
            } else {
                ":"
            });
        }
        if self.draft.is_original(id) {
            out.push_str(&self.flattened(id));
        } else {
            out.push_str(&self.fresh_flow(id, prefix));
        }
        out
    }

    /// A value in braces with its properties, at its old indentation.
    pub(crate) fn flow_value(&self, id: NodeId) -> Text {
        let node = self.geometry.tree.node(id);
        if !self.draft.is_dirty(id) {
            return Zeroizing::new(self.geometry.slice(node.outer()).to_owned());
        }
        let mut out = Text::default();
        match self.draft.content(id) {
            Content::Kept if node.style == Style::Flow => {
                out.push_str(&self.geometry.text[node.outer_start()..node.span.start]);
                out.push_str(&self.flow(id));
            }
            Content::Kept => out.push_str(&self.flattened(id)),
            Content::Set(_) | Content::Scalar(_) | Content::Mapping | Content::Sequence => {
                out.push_str(&self.anchor(id));
                out.push_str(&self.fresh_flow(id, self.geometry.indentation(node.span.start)));
            }
        }
        out
    }

    /// A value written anew in braces, or as a scalar on one line.
    fn fresh_flow(&self, id: NodeId, prefix: &str) -> Text {
        let context = self.flow_context();
        match self.draft.content(id) {
            Content::Set(value) => {
                return fresh::inline_scalar(&value, self.geometry.tree.node(id).style, context);
            }
            Content::Scalar(value) => return fresh::inline_scalar(&value, Style::Plain, context),
            Content::Kept | Content::Mapping | Content::Sequence => {}
        }
        let children = self.draft.living(id);
        let mapping = self.draft.is_mapping(id) != Some(false);
        let (open, close) = if mapping { ('{', '}') } else { ('[', ']') };
        let lined = self.house.json && self.house.multi_line && !children.is_empty();
        let inner = format!("{prefix}{}", self.house.unit);
        let mut out = Zeroizing::new(String::from(open));
        for (at, child) in children.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            if lined {
                out.push_str(self.house.newline);
                out.push_str(&inner);
            } else if at > 0 && (self.house.spaced || !self.house.json) {
                out.push(' ');
            }
            out.push_str(&self.flow_new(*child, &inner, id));
        }
        if lined {
            out.push_str(self.house.newline);
            out.push_str(prefix);
        }
        out.push(close);
        out
    }

    /// A node in block style rewritten on one line.
    fn flattened(&self, id: NodeId) -> Text {
        if !self.draft.is_original(id) || !self.draft.is_kept(id) {
            return self.fresh_flow(id, "");
        }
        let node = self.geometry.tree.node(id);
        let props = node.props.as_ref().map(|props| self.geometry.slice(props.span));
        let mut out = Zeroizing::new(props.map_or_else(String::new, |props| format!("{props} ")));
        match &node.shape {
            Shape::Alias(_) => out.push_str(self.geometry.slice(node.span)),
            Shape::Scalar(text) => {
                let decoded = self.geometry.tree.text(text, self.geometry.text);
                let raw = self.geometry.slice(node.span);
                let typed = read::scalar(self.draft.stream.source(), self.geometry.tree, id);
                let string = matches!(typed, Ok(Some(Typed::String(_))));
                let quoted = matches!(node.style, Style::SingleQuoted | Style::DoubleQuoted);
                let as_written = !raw.contains('\n')
                    && !self.geometry.is_block_scalar(id)
                    && (quoted || !string || scalar::is_plain(decoded, Context::Flow));
                if as_written && self.house.json {
                    out.push_str(raw);
                } else if as_written {
                    out.push_str(if raw.is_empty() { "null" } else { raw });
                } else {
                    out.push_str(&scalar::one_line(
                        decoded,
                        Style::DoubleQuoted,
                        self.flow_context(),
                    ));
                }
            }
            Shape::Mapping(_) | Shape::Sequence(_) if node.style == Style::Flow => {
                if self.draft.is_dirty(id) {
                    out.push_str(&self.flow(id));
                } else {
                    out.push_str(self.geometry.slice(node.span));
                }
            }
            Shape::Mapping(_) | Shape::Sequence(_) => {
                let mapping = matches!(node.shape, Shape::Mapping(_));
                out.push(if mapping { '{' } else { '[' });
                for (at, child) in self.draft.living(id).into_iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    if self.draft.is_original(child) && self.draft.state(child) == State::Placed {
                        self.refuse_comments(child);
                    }
                    if mapping {
                        out.push_str(&self.key_text(child, self.flow_context()));
                        out.push_str(": ");
                    }
                    out.push_str(&self.flattened(child));
                }
                out.push(if mapping { '}' } else { ']' });
            }
        }
        out
    }

    /// The key of an entry where the author's text around it is not copied.
    pub(crate) fn key_text(&self, id: NodeId, context: Context) -> Text {
        if self.draft.new_key(id).is_none()
            && let Some(pair) = self.draft.pair(id)
        {
            let key = self.geometry.tree.node(pair.key);
            let raw = self.geometry.slice(key.outer());
            let quoted = matches!(key.style, Style::SingleQuoted | Style::DoubleQuoted);
            if !raw.contains('\n') && (quoted || context == Context::Block || scalar::is_plain(raw, context))
            {
                return Zeroizing::new(raw.to_owned());
            }
        }
        fresh::key(&self.draft.key(id).unwrap_or_default(), context)
    }

    fn refuse_comments(&self, id: NodeId) {
        let node = self.geometry.tree.node(id);
        let Slot::Value(slot) = node.slot else { return };
        if self.geometry.tree.node(node.parent).style != Style::Block {
            return;
        }
        let extent = self.extents(node.parent)[slot as usize];
        let comments = &self.geometry.tree.comments;
        let first = comments.partition_point(|comment| comment.start < extent.lead);
        if comments
            .get(first)
            .is_some_and(|comment| comment.start < extent.end)
        {
            let place = self.draft.place_of(id);
            let path = self.draft.path_of(id);
            self.refuse(EditError::CommentIntoFlow { place, path });
        }
    }

    /// The bytes of each original element of a collection in braces.
    fn elements(&self, id: NodeId) -> Vec<Span> {
        let tree = self.geometry.tree;
        let end = |node: NodeId| tree.node(node).outer().end;
        match &tree.node(id).shape {
            Shape::Mapping(pairs) => pairs.iter().map(|p| Span::new(p.start, end(p.value))).collect(),
            Shape::Sequence(items) => items.iter().map(|i| Span::new(i.start, end(i.node))).collect(),
            Shape::Scalar(_) | Shape::Alias(_) => Vec::new(),
        }
    }
}
